# best known k-means inertia (Hartigan-Wong, many restarts); the columns k to sizes of wholesale_customers/kmeans_best_known.csv: Rscript referee/kmeans_best_known.R, from examples/data
z <- function(X){ n<-nrow(X); scale(X)*sqrt(n/(n-1)) }   # population sd, as scikit-learn's StandardScaler
run <- function(name,Z,ks,ns){ for(k in ks){ set.seed(20+k); r<-kmeans(Z,k,nstart=ns,iter.max=500); cat(sprintf('%s,%d,%.6f,"%s"\n',name,k,r$tot.withinss,paste(sort(r$size,decreasing=TRUE),collapse=' '))) } }
cat('set,k,inertia,sizes\n')
w<-read.csv('wholesale_customers/wholesale_customers.csv'); run('wholesale_log1p_z',z(log1p(as.matrix(w[,3:8]))),2:10,2000); run('wholesale_raw_z',z(as.matrix(w[,3:8])),2:10,2000)
r<-read.csv('rfm_orders/expected_rfm.csv'); run('rfm_orders_log1p_rfm_z',z(log1p(as.matrix(r[,c('recency_days','n','amount')]))),2:8,500)
